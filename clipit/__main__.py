"""``python -m clipit``: the command line where the command ``clipit`` is not on the path."""

from clipit.cli import main

if __name__ == "__main__":
    main()
