// Event Hubs speaks Kafka's protocol on port 9093 with SASL PLAIN; the password is a connection string.
import { topicType } from '../types.bicep'
import { kafkaType } from '../kafka.bicep'

param name string
param location string
param tags object
param topics topicType[]

@description('Vault that takes the connection string.')
param vaultName string

@description('Standard has no transactions; Premium has.')
@allowed(['Standard', 'Premium'])
param tier string

@description('Workspace that takes the diagnostics.')
param workspaceId string

@description('Standard: throughput units to start with.')
@minValue(1)
@maxValue(40)
param throughputUnits int = 1

@description('Premium: processing units.')
@allowed([1, 2, 4, 8, 16])
param processingUnits int = 1

@description('Standard: throughput units that auto-inflate may reach.')
@minValue(1)
@maxValue(40)
param maximumThroughputUnits int = 20

// The topic of the progress markers is among the topics exactly when a sink is exactly-once.
var isExactlyOnce = contains(map(topics, topic => topic.name), 'millrace-progress')
var isPremium = tier == 'Premium'
var checkedTier = isExactlyOnce && !isPremium
  ? fail('Event Hubs has no transactions in the tier Standard, and a sink of the jobs is exactly-once: deploy with eventHubsTier=Premium, or make the sink AtLeastOnce')
  : tier

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: checkedTier
    tier: checkedTier
    capacity: isPremium ? processingUnits : throughputUnits
  }
  properties: {
    isAutoInflateEnabled: !isPremium
    maximumThroughputUnits: isPremium ? 0 : maximumThroughputUnits
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

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: namespace
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
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
