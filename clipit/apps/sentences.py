"""What went wrong, in one sentence that a person can act on.

>>> sentence(ValueError("There is no\\n folder x."))
'There is no folder x.'
"""

import errno


def sentence(error: Exception) -> str:
    """What went wrong and what to do, in one line."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "There is no room left on the disk: make some, then the same command goes on from the last checkpoint."
    if isinstance(error, OSError) and error.errno and error.filename:
        return f"{error.filename}: {error.strerror}. Choose another place, or change its permissions."
    return " ".join(str(error).split())
