"""What a Flex template's launcher runs."""

from jobs.flex_template import main

main()
