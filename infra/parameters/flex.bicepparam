using '../main.bicep'

param environmentName = 'millrace-dev'
param location = 'westeurope'
param hosting = 'Flex'
param broker = 'EventHubs'
param alwaysReadyInstances = 0
param storageSku = 'Standard_LRS'
