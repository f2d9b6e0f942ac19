"""`python -m lamplighter_controller`."""

from lamplighter_controller.cli import main

if __name__ == "__main__":
    main()
