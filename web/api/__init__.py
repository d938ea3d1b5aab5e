"""The HTTP interface, version 1: routers decode, call one function, encode."""
