"""The documentation as a site: its pages gathered, the reference made from the code, built, and its links followed.
No part of the product."""
