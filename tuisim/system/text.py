"""Text out of files, and what to say of one that holds none. Standard library only."""


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, without the mark that some programs put before it.

    Raises:
        ValueError: it is none; names the line.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Of what follows the mark.
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise ValueError(f"line {line}: not text in UTF-8 (byte 0x{byte:02x})") from None
