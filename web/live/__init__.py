"""The live map over one socket: a conflated tail of positions, and resumable events."""
