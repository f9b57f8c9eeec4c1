@export()
@description('A Kafka topic that a job reads or writes.')
type topicType = {
  name: string

  @minValue(1)
  @maxValue(1024)
  partitions: int

  @description('Compact keeps the last value of each key: the progress markers of exactly-once sinks need it.')
  cleanupPolicy: 'Delete' | 'Compact'

  @minValue(1)
  retentionHours: int
}

@export()
@description('A Kafka trigger: one topic read by one consumer group.')
type sourceType = {
  @description('Name of the generated function.')
  function: string

  topic: string
  consumerGroup: string

  @description('Records of lag that one instance is expected to carry.')
  @minValue(1)
  lagThreshold: int
}

@export()
@description('What the graph of a job determines. Generated: see generated/job.json.')
type jobType = {
  @description('Name of the Durable task hub, as in host.json.')
  taskHub: string

  @description('Number of control queues of the hub, as in host.json. Fixed for the life of the hub.')
  @minValue(1)
  @maxValue(16)
  controlQueues: int

  topics: topicType[]
  sources: sourceType[]
}
