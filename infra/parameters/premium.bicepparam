using '../main.bicep'

param environmentName = 'millrace-prod'
param location = 'westeurope'
param hosting = 'Premium'
param premiumSku = 'EP2'
param alwaysReadyInstances = 2
param maximumInstances = 20
param broker = 'External'
param externalBootstrapServers = 'broker-0.example.com:9093,broker-1.example.com:9093'
param externalUsername = 'millrace'
param externalPassword = readEnvironmentVariable('KAFKA_PASSWORD')
param storageSku = 'Standard_ZRS'
