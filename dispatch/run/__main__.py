"""`python -m dispatch.run` is the command `gongche`."""

from dispatch.run.cli import main

if __name__ == "__main__":
    main()
