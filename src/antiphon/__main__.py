"""The program: `antiphon`, and `python -m antiphon`. It hides what nobody else may read before it loads anything."""

import sys


def main() -> None:
    """Run the command. Whatever lies beside the start directory's files is not ours to import."""
    if not sys.flags.safe_path:  # `python -m` puts the directory there, a script its own
        del sys.path[0]
    from antiphon.config.initial_environment import hide_token

    hide_token()
    from antiphon.cli.main import main as command

    command()


if __name__ == "__main__":
    main()
