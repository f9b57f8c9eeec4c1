// Event Hubs speaks Kafka's protocol on port 9093 with SASL PLAIN; the password is a connection string.
import { topicType } from '../types.bicep'
import { kafkaType } from '../kafka.bicep'

param name string
param location string
param tags object
param topics topicType[]

@description('Vault that takes the connection string.')
param vaultName string

@description('Throughput units to start with.')
@minValue(1)
@maxValue(40)
param throughputUnits int = 1

@description('Throughput units that auto-inflate may reach.')
@minValue(1)
@maxValue(40)
param maximumThroughputUnits int = 20

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: 'Standard'
    tier: 'Standard'
    capacity: throughputUnits
  }
  properties: {
    isAutoInflateEnabled: true
    maximumThroughputUnits: maximumThroughputUnits
    kafkaEnabled: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Enabled'
  }

  resource hub 'eventhubs' = [
    for topic in topics: {
      name: topic.name
      properties: {
        partitionCount: topic.partitions
        retentionDescription: topic.cleanupPolicy == 'Compact'
          ? { cleanupPolicy: 'Compact', tombstoneRetentionTimeInHours: 24 }
          : { cleanupPolicy: 'Delete', retentionTimeInHours: topic.retentionHours }
      }
    }
  ]

  // Not Manage: the app reads and writes, and creates nothing.
  resource access 'authorizationRules' = {
    name: 'millrace'
    properties: {
      rights: ['Listen', 'Send']
    }
  }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName

  resource password 'secrets' = {
    name: 'kafka-password'
    properties: {
      value: namespace::access.listKeys().primaryConnectionString
    }
  }
}

output connection kafkaType = {
  bootstrapServers: '${namespace.name}.servicebus.windows.net:9093'
  username: '$ConnectionString'
  passwordSecretUri: vault::password.properties.secretUri
}
