// Flex Consumption: scales by Kafka lag, each source function by itself, and to zero where nothing is kept ready.
import { sourceType } from '../types.bicep'

param name string
param location string
param tags object
param settings object
param sources sourceType[]
param identityId string
param packageContainerUri string
param instanceMemoryMB int
param maximumInstances int
param alwaysReadyInstances int
param subnetId string

@description('Identity that fetches the package; the app runs as the other one.')
param packageIdentityId string

@description('Workspace that takes the diagnostics.')
param workspaceId string

var readySources = [
  for source in sources: {
    name: 'function:${source.function}'
    instanceCount: alwaysReadyInstances
  }
]
// Entities, orchestrations and activities scale together as the group "durable".
var ready = concat(readySources, [{ name: 'durable', instanceCount: alwaysReadyInstances }])

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
      '${packageIdentityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: packageIdentityId
          }
        }
      }
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: max(maximumInstances, 40)
        alwaysReady: alwaysReadyInstances > 0 ? ready : []
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: settings
  }

  resource basicAuthScm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  resource basicAuthFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }
}

// What the host and the functions say stays readable where Application Insights cannot be reached.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'FunctionAppLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output name string = app.name
