// Everything a Millrace function app needs, in one resource group. How to deploy it: docs/infra.md.
targetScope = 'subscription'

import { jobType } from 'types.bicep'

@description('Name of the environment. It is part of every resource name.')
@minLength(2)
@maxLength(16)
param environmentName string

@description('Region of all resources.')
param location string

@description('Flex: FlexConsumption, scales to zero. Premium: Elastic Premium, always warm.')
@allowed(['Flex', 'Premium'])
param hosting string = 'Flex'

@description('EventHubs: a namespace is created with a hub per topic. External: an existing broker with SASL over TLS.')
@allowed(['EventHubs', 'External'])
param broker string = 'EventHubs'

@description('Tier of the Event Hubs namespace. Transactions, and so exactly-once sinks, need Premium. Unused with an external broker.')
@allowed(['Standard', 'Premium'])
param eventHubsTier string = 'Standard'

@description('Bootstrap servers of the external broker, host:port separated by commas. Unused with Event Hubs.')
param externalBootstrapServers string = ''

@description('SASL user name at the external broker. Unused with Event Hubs.')
param externalUsername string = ''

@description('SASL password at the external broker. Unused with Event Hubs.')
@secure()
param externalPassword string = ''

@description('What the graph of the job determines: topics, partitions, consumer groups, task hub.')
param job jobType = loadJsonContent('generated/job.json')

@description('Memory of a Flex instance in MB.')
@allowed([2048, 4096])
param flexInstanceMemoryMB int = 2048

@description('SKU of the Premium plan.')
@allowed(['EP1', 'EP2', 'EP3'])
param premiumSku string = 'EP2'

@description('Most instances that the app may have.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Instances of each source function that are kept warm. More than zero keeps the tick and the lag at a minimum.')
@minValue(0)
param alwaysReadyInstances int = 1

@description('Premium only: blob URL of the deployment package, in the container app-package of the account for packages.')
param packageUri string = ''

@description('Redundancy of the storage account that keeps ledgers, checkpoints and the task hub.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param storageSku string = 'Standard_ZRS'

@description('How the Durable Task Scheduler is paid. Consumption: per action, at most 500 a second. Dedicated: per unit, 2,000 a second each.')
@allowed(['Consumption', 'Dedicated'])
param schedulerSku string = 'Consumption'

@description('Units of a Dedicated scheduler; three make it highly available.')
@minValue(1)
@maxValue(3)
param schedulerCapacity int = 1

@description('Address ranges that may reach the scheduler. None = nobody may.')
param schedulerIpAllowlist string[] = ['0.0.0.0/0']

@description('Id of a subnet that the app joins; empty for none.')
param subnetId string = ''

@description('Mail address that alerts go to; empty for none.')
param alertEmail string = ''

@description('Records of lag that raise an alert when they stay for a quarter of an hour.')
@minValue(1)
param lagAlertThreshold int = 1000000

@description('Age of the last checkpoint that raises an alert, in seconds.')
@minValue(1)
param checkpointAgeAlertSeconds int = 600

var hasScheduler = job.backend == 'DurableTaskScheduler'
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
  application: 'millrace'
}

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${environmentName}-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    name: '${environmentName}-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: take('st${replace(environmentName, '-', '')}${token}', 24)
    location: location
    tags: tags
    sku: storageSku
    subnetId: subnetId
    principalId: identity.outputs.principalId
    keepsTaskHub: !hasScheduler
    workspaceId: monitoring.outputs.workspaceId
  }
}

module scheduler 'modules/scheduler.bicep' = if (hasScheduler) {
  name: 'scheduler'
  scope: group
  params: {
    name: 'dts-${environmentName}-${token}'
    location: location
    tags: tags
    taskHub: job.taskHub
    sku: schedulerSku
    capacity: schedulerCapacity
    ipAllowlist: schedulerIpAllowlist
    principalId: identity.outputs.principalId
  }
}

module package 'modules/package.bicep' = {
  name: 'package'
  scope: group
  params: {
    name: take('stp${replace(environmentName, '-', '')}${token}', 24)
    location: location
    tags: tags
    sku: storageSku
    subnetId: subnetId
    identityName: 'id-package-${environmentName}-${token}'
    deploysAsIdentity: hosting == 'Flex'
    workspaceId: monitoring.outputs.workspaceId
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: take('kv-${environmentName}-${token}', 24)
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module eventHubs 'modules/eventhubs.bicep' = if (broker == 'EventHubs') {
  name: 'eventhubs'
  scope: group
  params: {
    name: 'evhns-${environmentName}-${token}'
    location: location
    tags: tags
    topics: job.topics
    tier: eventHubsTier
    workspaceId: monitoring.outputs.workspaceId
    vaultName: vault.outputs.name
  }
}

module externalBroker 'modules/externalbroker.bicep' = if (broker == 'External') {
  name: 'externalbroker'
  scope: group
  params: {
    bootstrapServers: externalBootstrapServers
    username: externalUsername
    password: externalPassword
    vaultName: vault.outputs.name
  }
}

var kafka = broker == 'EventHubs' ? eventHubs!.outputs.connection : externalBroker!.outputs.connection

module settings 'modules/settings.bicep' = {
  name: 'settings'
  scope: group
  params: {
    job: job
    hostId: 'millrace-${token}'
    storageAccountName: storage.outputs.name
    identityClientId: identity.outputs.clientId
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    kafka: kafka
    schedulerEndpoint: hasScheduler ? scheduler!.outputs.endpoint : ''
  }
}

module flex 'modules/flex.bicep' = if (hosting == 'Flex') {
  name: 'flex'
  scope: group
  params: {
    name: 'func-${environmentName}-${token}'
    location: location
    tags: union(tags, { 'azd-service-name': 'app' })
    settings: settings.outputs.settings
    sources: job.sources
    identityId: identity.outputs.id
    packageContainerUri: package.outputs.containerUri
    packageIdentityId: package.outputs.identityId
    workspaceId: monitoring.outputs.workspaceId
    instanceMemoryMB: flexInstanceMemoryMB
    maximumInstances: maximumInstances
    alwaysReadyInstances: alwaysReadyInstances
    subnetId: subnetId
  }
}

module premium 'modules/premium.bicep' = if (hosting == 'Premium') {
  name: 'premium'
  scope: group
  params: {
    name: 'func-${environmentName}-${token}'
    location: location
    tags: union(tags, { 'azd-service-name': 'app' })
    settings: settings.outputs.settings
    identityId: identity.outputs.id
    packageUri: packageUri
    packageIdentityId: package.outputs.identityId
    workspaceId: monitoring.outputs.workspaceId
    sku: premiumSku
    maximumInstances: maximumInstances
    alwaysReadyInstances: alwaysReadyInstances
    subnetId: subnetId
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    name: environmentName
    location: location
    tags: tags
    applicationInsightsName: monitoring.outputs.applicationInsightsName
    email: alertEmail
    lagThreshold: lagAlertThreshold
    checkpointAgeSeconds: checkpointAgeAlertSeconds
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = hosting == 'Flex' ? flex!.outputs.name : premium!.outputs.name
output AZURE_STORAGE_ACCOUNT string = storage.outputs.name
output AZURE_PACKAGE_ACCOUNT string = package.outputs.accountName
output AZURE_IDENTITY_CLIENT_ID string = identity.outputs.clientId
output KAFKA_BOOTSTRAP_SERVERS string = kafka.bootstrapServers
