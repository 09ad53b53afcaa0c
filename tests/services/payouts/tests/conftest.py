import os

os.environ |= {
    "PAYOUTS_ENVIRONMENT": "test",
    "PAYOUTS_DATABASE_URL": os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg://payouts@localhost/payouts"),
    "PAYOUTS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/000000000000/payouts",
    "PAYOUTS_BANK_URL": "https://bank.example.com",
    "PAYOUTS_BANK_CLIENT_ID": "test",
    "PAYOUTS_BANK_CLIENT_SECRET": "unused",
    "PAYOUTS_WEBHOOK_SECRET": "unused",
    "PAYOUTS_TOKEN_ISSUER": "https://login.example.com",
}
