// Alerts on what a stream processor's operator is woken for: it falls behind, it fails, it no longer makes its progress durable.
param name string
param location string
param tags object
param applicationInsightsName string

@description('Mail address that alerts go to; empty for none.')
param email string

@description('Records of lag.')
param lagThreshold int

@description('Age of the last checkpoint in seconds.')
param checkpointAgeSeconds int

@description('Failed executions in a quarter of an hour.')
param failedExecutions int = 10

type alertType = {
  name: string
  description: string
  severity: int
  query: string
  threshold: int

  @description('The time that is looked at.')
  window: string
}

var alerts alertType[] = [
  {
    name: 'lag'
    description: 'A source has stayed behind its topic by more than the given number of records.'
    severity: 2
    query: 'customMetrics | where name == "millrace.source.pending_records" | summarize Value = min(value) by cloud_RoleName, source = tostring(customDimensions["millrace.source"])'
    threshold: lagThreshold
    window: 'PT15M'
  }
  {
    name: 'failed-executions'
    description: 'Function executions fail. The batch is tried again until it succeeds, so nothing is lost and nothing moves.'
    severity: 1
    query: 'requests | where success == false | summarize Value = todouble(count()) by cloud_RoleName, source = operation_Name'
    threshold: failedExecutions
    window: 'PT15M'
  }
  {
    name: 'checkpoint-age'
    description: 'A job has not made its progress durable for longer than the given time.'
    severity: 1
    query: 'customMetrics | where name == "millrace.checkpoint.age" | summarize Value = min(value) by cloud_RoleName, source = tostring(customDimensions["millrace.job"])'
    threshold: checkpointAgeSeconds
    window: 'PT15M'
  }
  {
    name: 'stalled'
    description: 'A task has not applied what was sent to it for a minute: its windows stand still.'
    severity: 1
    query: 'customMetrics | where name == "millrace.channel.stalled" | summarize Value = max(valueMax) by cloud_RoleName, source = tostring(customDimensions["millrace.job"])'
    threshold: 60
    window: 'PT5M'
  }
]

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: take(name, 12)
    enabled: true
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: 'alert-${name}-${alert.name}'
    location: location
    tags: tags
    properties: {
      displayName: 'Millrace ${name}: ${alert.name}'
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [applicationInsights.id]
      evaluationFrequency: 'PT1M'
      windowSize: alert.window
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Maximum'
            metricMeasureColumn: 'Value'
            dimensions: [
              { name: 'source', operator: 'Include', values: ['*'] }
            ]
            operator: 'GreaterThan'
            threshold: alert.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: empty(email) ? [] : [group.id]
      }
    }
  }
]
