// Elastic Premium: instances that stay warm, within a fixed range. The package is read from a blob with an identity for that alone, so the
// plan needs no file share, and the storage account no keys.
param name string
param location string
param tags object
param settings object
param identityId string
param packageUri string
param sku string
param maximumInstances int
param alwaysReadyInstances int
param subnetId string

@description('Identity that fetches the package; the app runs as the other one.')
param packageIdentityId string

@description('Workspace that takes the diagnostics.')
param workspaceId string

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'elastic'
  sku: {
    tier: 'ElasticPremium'
    name: sku
  }
  properties: {
    reserved: true
    maximumElasticWorkerCount: maximumInstances
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
    siteConfig: {
      linuxFxVersion: 'DOTNET-ISOLATED|10.0'
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      healthCheckPath: '/health/ready'
      minimumElasticInstanceCount: max(alwaysReadyInstances, 1)
      functionAppScaleLimit: maximumInstances
      // Scaling by Kafka lag is decided by the host that runs the triggers, which a Premium plan does only when told.
      functionsRuntimeScaleMonitoringEnabled: true
      vnetRouteAllEnabled: !empty(subnetId)
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(
      settings,
      {
        FUNCTIONS_EXTENSION_VERSION: '~4'
        FUNCTIONS_WORKER_RUNTIME: 'dotnet-isolated'
      },
      empty(packageUri)
        ? {}
        : {
            WEBSITE_RUN_FROM_PACKAGE: packageUri
            WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: packageIdentityId
          }
    )
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
