"""Publish a folder that `hub.export` or `hub.space` made: shows what would be uploaded, then makes one commit.

`python -m hub.push DIR --repo-id user/name` asks the Hub first and prints a plan with sizes; `--dry-run` stops there.
The token is the one that `hf auth login` keeps or `HF_TOKEN` names.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmemo.publishing import PublishError, make_plan, publish


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hub.push", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", metavar="DIR", type=Path, help="what to publish")
    parser.add_argument("--repo-id", metavar="USER/NAME", required=True, help="where to")
    parser.add_argument("--repo-type", choices=("model", "space"), default="model", help="kind (default: model)")
    parser.add_argument("--private", action="store_true", help="make a new repository private")
    parser.add_argument("--dry-run", action="store_true", help="print the plan and stop")
    parser.add_argument("--create-pr", action="store_true", help="open a pull request")
    parser.add_argument("--delete", action="store_true", help="remove files that only the Hub has")
    parser.add_argument(
        "--parent", metavar="SHA", help="commit on the Hub that may be replaced although it is new here"
    )
    parser.add_argument("--message", default="Update from mmemo", help="of the commit")
    args = parser.parse_args(argv)
    try:
        plan = make_plan(args.folder, args.repo_id, repo_type=args.repo_type, delete=args.delete)
        print(plan, flush=True)
        if args.dry_run:
            return 0
        result = publish(plan, message=args.message, private=args.private, create_pr=args.create_pr, parent=args.parent)
    except PublishError as error:
        print(f"hub.push: error: {error}", file=sys.stderr)
        return 1
    print(f"{result.url} at {result.commit}" if result.is_new else f"nothing has changed, {result.url} is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
