"""Files in a folder, a bucket, on an SFTP server or a web server. Nothing is imported here.

- ``pattern``: which files are meant, and of which day each is;
- ``places``: listing and reading, on this machine and in a bucket; ``sftp`` and ``web``: on a server;
- ``reader``: what a source is asked.
"""
