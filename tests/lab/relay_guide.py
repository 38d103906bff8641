"""The customers' guide, sections 5.1 and 7.2.1: its two Python programs, values left open.

`with_values` changes nothing but the text between the quotes of an assignment.
"""

import re

PROGRAM_5_1 = '''\
import smtplib

from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

# SMTP server configuration
smtp_server = "smtp.itpison.com"
smtp_port = 465

smtp_username = "您的帳號"

smtp_password = "您的密碼"

# Email content

from_email = "寄件者信箱"

from_name = "寄件者名稱"

to_email = "收件者信箱"

to_name = "收件者名稱"

reply_to_email = "回信地址"

subject = "Test Mail"
html_body = """

<p>這是測試信件！</p><br>
"""

# Create message container

msg = MIMEMultipart("alternative")
msg["From"] = f"{from_name} <{from_email}>"
msg["To"] = f"{to_name} <{to_email}>"
msg["Subject"] = subject

msg["Reply-To"] = reply_to_email

# Attach the HTML body
msg.attach(MIMEText(html_body, "html"))

try:
    # Connect to the SMTP server

    server = smtplib.SMTP_SSL(smtp_server, smtp_port)
    server.login(smtp_username, smtp_password)

    # Send email
    server.sendmail(from_email, to_email, msg.as_string())
    server.quit()

    print("Message has been sent")
except Exception as e:
    print(f"Message could not be sent. Error: {str(e)}")
'''

PROGRAM_7_2_1 = """\
import smtplib
from email.mime.text import MIMEText

# SMTP server configuration
smtp_server = "smtp.itpison.com"
smtp_port = 465

smtp_username = "您的帳號"

smtp_password = "您的密碼"

# Email content

from_email = "test@itpison.com"
to_email = "test@gmail.com"
subject = "Test Sample"
custom_header_key = "X-LinkOption"
custom_header_value = "64"

body = "This is Test Email"

# Create email message

msg = MIMEText(body, "plain")
msg["From"] = from_email
msg["To"] = to_email
msg["Subject"] = subject

msg.add_header(custom_header_key, custom_header_value)

try:
    # Connect to the SMTP server
    server = smtplib.SMTP_SSL(smtp_server, smtp_port)
    server.login(smtp_username, smtp_password)

    # Send email
    server.sendmail(from_email, to_email, msg.as_string())
    server.quit()

    print("Message has been sent")
except Exception as e:
    print(f"Message could not be sent. Error: {str(e)}")
"""


def with_values(program: str, **values: str) -> str:
    """Return the program with other texts in its assignments; each must be there once."""
    for name, value in values.items():
        assert '"' not in value
        assert "\\" not in value
        assignment = re.compile(rf'^{name} = ".*"$', re.MULTILINE)
        assert len(assignment.findall(program)) == 1, name
        program = assignment.sub(lambda _, text=f'{name} = "{value}"': text, program)
    return program
