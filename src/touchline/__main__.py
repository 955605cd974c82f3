"""``python -m touchline``."""

from touchline.cli.main import main

main()
