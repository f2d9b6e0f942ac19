"""`python -m lamplighter_cli`."""

from lamplighter_cli import main

if __name__ == "__main__":
    main()
