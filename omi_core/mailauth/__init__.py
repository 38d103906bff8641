"""SPF, DKIM and DMARC: records read, judged, merged. Pure: questions to DNS out, answers in."""
