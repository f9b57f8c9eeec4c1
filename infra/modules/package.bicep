// The account that deployments put the app's package in. Apart from the one that holds the state: the app owns every blob there, and code
// that can replace its own package outlives what it was deployed with. Its identity has no role here; another one fetches the package.
param name string
param location string
param tags object
param sku string
param identityName string

@description('Id of a subnet that may reach the account besides callers of Azure; empty leaves it open to callers with a role.')
param subnetId string

@description('Whether deployments write with the identity, as Flex Consumption does; Premium only reads.')
param deploysAsIdentity bool

@description('Workspace that takes the diagnostics.')
param workspaceId string

var role = deploysAsIdentity
  ? 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
  : '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1' // Storage Blob Data Reader

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: identityName
  location: location
  tags: tags
}

resource packageAccount 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: empty(subnetId) ? 'Allow' : 'Deny'
      virtualNetworkRules: empty(subnetId) ? [] : [{ id: subnetId, action: 'Allow' }]
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // A package is written once per deployment: the ones before it are kept for a week.
      isVersioningEnabled: false
      deleteRetentionPolicy: {
        enabled: true
        days: 7
      }
      containerDeleteRetentionPolicy: {
        enabled: true
        days: 7
      }
    }

    resource package 'containers' = {
      name: 'app-package'
    }
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: packageAccount::blobs::package
  name: guid(packageAccount::blobs::package.id, identity.id, role)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

// Who wrote a package is worth a line each time.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: packageAccount::blobs
  name: 'workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageWrite', enabled: true }, { category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

output accountName string = packageAccount.name
output identityId string = identity.id
output containerUri string = '${packageAccount.properties.primaryEndpoints.blob}${packageAccount::blobs::package.name}'
