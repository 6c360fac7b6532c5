"""OCR: words of scanned pages and images, read by tesseract where that program is installed."""
