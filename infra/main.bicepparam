// Read by azd: its environment gives the values. The other two files of parameters/ are for deploying without azd.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param hosting = readEnvironmentVariable('MILLRACE_HOSTING', 'Flex')
param broker = readEnvironmentVariable('MILLRACE_BROKER', 'EventHubs')
param eventHubsTier = readEnvironmentVariable('MILLRACE_EVENT_HUBS_TIER', 'Standard')
param schedulerSku = readEnvironmentVariable('MILLRACE_SCHEDULER_SKU', 'Consumption')
param schedulerCapacity = int(readEnvironmentVariable('MILLRACE_SCHEDULER_CAPACITY', '1'))
param schedulerIpAllowlist = split(readEnvironmentVariable('MILLRACE_SCHEDULER_IP_ALLOWLIST', '0.0.0.0/0'), ',')
param alwaysReadyInstances = int(readEnvironmentVariable('MILLRACE_ALWAYS_READY_INSTANCES', '1'))
param externalBootstrapServers = readEnvironmentVariable('KAFKA_BOOTSTRAP_SERVERS', '')
param externalUsername = readEnvironmentVariable('KAFKA_USERNAME', '')
param externalPassword = readEnvironmentVariable('KAFKA_PASSWORD', '')
param packageUri = readEnvironmentVariable('MILLRACE_PACKAGE_URI', '')
param alertEmail = readEnvironmentVariable('MILLRACE_ALERT_EMAIL', '')
