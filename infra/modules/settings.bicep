// The app settings that both hostings share, in one place so that they cannot drift.
import { jobType } from '../types.bicep'
import { kafkaType } from '../kafka.bicep'

param job jobType

@description('What the host names its locks by. From the app\'s name it would take 32 characters, and apps that differ later would tick in turns.')
@minLength(1)
@maxLength(32)
param hostId string

param storageAccountName string
param identityClientId string
param applicationInsightsName string
param kafka kafkaType

@description('Where the scheduler is; empty when Durable keeps its task hub in the storage account.')
param schedulerEndpoint string

// Either backend's own settings, which the other does not know.
var hub = job.backend == 'DurableTaskScheduler'
  ? {
      DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identityClientId}'
      TASKHUB_NAME: job.taskHub
    }
  : {
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__partitionCount: string(job.controlQueues)
    }

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

output settings object = union(job.settings, hub, {
  Millrace__Jobs: join(job.jobs, ',')
  Millrace__Parallelism: string(job.parallelism)
  Millrace__LagThreshold: string(job.lagThreshold)
  AzureFunctionsWebHost__hostid: hostId
  AzureWebJobsStorage__accountName: storageAccountName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureFunctionsJobHost__extensions__durableTask__hubName: job.taskHub
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  KafkaBrokers: kafka.bootstrapServers
  KafkaUsername: kafka.username
  KafkaPassword: '@Microsoft.KeyVault(SecretUri=${kafka.passwordSecretUri})'
})
