"""Files in a folder, a bucket or on an SFTP server. Nothing is imported here.

- ``pattern``: which files are meant, and of which day each is;
- ``places``: listing and reading, on this machine and in a bucket; ``sftp``: on a server;
- ``reader``: what a source is asked.
"""
