// The Durable Task Scheduler, which keeps the task hub when the storage account does not. Only identities reach it: it has no keys.
param name string
param location string
param tags object
param taskHub string

@allowed(['Consumption', 'Dedicated'])
param sku string

@description('Units of a Dedicated scheduler; the other has none.')
param capacity int

@description('Address ranges that may reach it; none = nobody may.')
param ipAllowlist string[]

@description('Principal that the app runs as.')
param principalId string

var role = '0ad04412-c4d5-4796-b79c-f76d14c8d402' // Durable Task Data Contributor

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    ipAllowlist: ipAllowlist
    sku: sku == 'Dedicated' ? { name: sku, capacity: capacity } : { name: sku }
  }

  resource hub 'taskHubs' = {
    name: taskHub
  }
}

// On the one hub, not on the scheduler.
resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: scheduler::hub
  name: guid(scheduler::hub.id, principalId, role)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

output endpoint string = scheduler.properties.endpoint
