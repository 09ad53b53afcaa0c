environment    = "production"
domain         = "parcels.example.com"
database_class = "db.m7g.large"
tasks = {
  api    = { min = 3, max = 8, cpu = 512, memory = 1024 }
  worker = { min = 2, max = 6, cpu = 256, memory = 512 }
}
carrier_url          = "https://status.carriers.example.com"
token_issuer         = "https://login.example.com/shops"
budget_usd           = "1800"
hub_role_arn         = "arn:aws:iam::777788889999:role/carrier-hub-production"
requests_per_address = 30000
