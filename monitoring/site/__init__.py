"""The site: pages of plain elements, drawn, written as HTML, CSV and JSON. It knows no topic."""
