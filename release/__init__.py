"""What is given to people who install Antiphon: built, looked into, installed and measured. No part of the product."""
