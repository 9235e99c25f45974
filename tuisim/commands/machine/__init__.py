"""Commands about this machine and this installation. Begin at doctor.py."""
