environment    = "staging"
domain         = "parcels.staging.example.com"
database_class = "db.t4g.small"
tasks = {
  api    = { min = 1, max = 2, cpu = 256, memory = 512 }
  worker = { min = 1, max = 2, cpu = 256, memory = 512 }
}
carrier_url          = "https://sandbox.carriers.example.com"
token_issuer         = "https://login.example.com/shops-staging"
budget_usd           = "300"
hub_role_arn         = "arn:aws:iam::777788889999:role/carrier-hub-staging"
requests_per_address = 60000
