// kafkajs against a broker: node kafkajs.js <scenario> <bootstrap servers> <arguments...>; prints its findings as JSON.
import kafkajs from 'kafkajs'
import { whenInputEnds, say, until } from './scenario.js'

const { Kafka, CompressionTypes, logLevel } = kafkajs
const [scenario, servers, ...args] = process.argv.slice(2)
const kafka = new Kafka({ clientId: 'kafkajs', brokers: servers.split(','), logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50 } })
const text = value => value === null || value === undefined ? null : value.toString()

// Reads from the start until so many records have come.
async function read (topic, count, options = {}) {
  const consumer = kafka.consumer({ groupId: `kafkajs-${process.pid}-${Math.random()}`, maxWaitTimeInMs: 100, ...options })
  const records = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      records.push({
        key: text(message.key),
        value: text(message.value),
        offset: message.offset,
        headers: Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, text(value)]))
      })
    }
  })
  await until(() => records.length >= count)
  await consumer.disconnect()
  return records
}

const scenarios = {
  async roundtrip (topic, compression) {
    const producer = kafka.producer({ allowAutoTopicCreation: false })
    await producer.connect()
    await producer.send({
      topic,
      compression: CompressionTypes[compression],
      messages: [{ key: 'key', value: 'value', headers: { a: 'ä', b: '' } }, { key: 'gone', value: null }, { value: '' }]
    })
    await producer.disconnect()
    return read(topic, 3)
  },

  async transactions (topic, group, id) {
    const producer = kafka.producer({ transactionalId: id, idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const write = async (value, commit) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value }] })
      await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions: [{ partition: 0, offset: value }] }] })
      await (commit ? transaction.commit() : transaction.abort())
    }
    await write('1', true)
    await write('2', false)
    await write('3', true)
    await write('4', false)

    const zombie = await producer.transaction()
    await zombie.send({ topic, messages: [{ value: 'zombie' }] })
    const heir = kafka.producer({ transactionalId: id, idempotent: true, maxInFlightRequests: 1 })
    await heir.connect()
    const taken = await heir.transaction()
    let fenced = null
    try {
      await zombie.send({ topic, messages: [{ value: 'zombie again' }] })
      await zombie.commit()
    } catch (error) {
      fenced = error.type ?? error.name
    }

    await taken.abort()

    // An answer from the coordinator may outrun the markers: a broker is free to write them after it.
    const admin = kafka.admin()
    await admin.connect()
    let offset
    await until(async () => {
      offset = (await admin.fetchOffsets({ groupId: group, topics: [topic] }))[0].partitions[0].offset
      return offset === '3'
    })
    await admin.disconnect()
    const committed = await read(topic, 2)
    const all = await read(topic, 4, { readUncommitted: true })
    await Promise.all([producer.disconnect(), heir.disconnect()])
    return { committed: committed.map(each => each.value), all: all.map(each => each.value), offset, fenced }
  },

  async admin (topic, group) {
    const admin = kafka.admin()
    await admin.connect()
    const created = await admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries: [{ name: 'retention.ms', value: '98765' }] }] })
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
    const partitions = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length
    await until(async () => (await partitions()) === 3)
    const producer = kafka.producer()
    await producer.connect()
    // Younger than the retention: what is older may be gone at any moment.
    const start = Date.now() - 10000
    await producer.send({
      topic,
      messages: [1, 2, 3, 4].map(i => ({ partition: 0, value: `${i}`, timestamp: `${start + i * 1000}` }))
    })
    await producer.disconnect()
    await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '2' }] })
    const result = {
      created,
      topics: (await admin.listTopics()).includes(topic),
      partitions: await partitions(),
      retention: (await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: topic, configNames: ['retention.ms'] }] }))
        .resources[0].configEntries.find(entry => entry.configName === 'retention.ms').configValue,
      byTime: (await admin.fetchTopicOffsetsByTimestamp(topic, start + 2500)).find(each => each.partition === 0).offset,
      offset: (await admin.fetchOffsets({ groupId: group, topics: [topic] }))[0].partitions.find(each => each.partition === 0).offset,
      listed: (await admin.listGroups()).groups.some(each => each.groupId === group),
      state: (await admin.describeGroups([group])).groups[0].state
    }
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] })
    result.low = (await admin.fetchTopicOffsets(topic)).find(each => each.partition === 0).low
    await admin.deleteGroups([group])
    result.listedAfter = (await admin.listGroups()).groups.some(each => each.groupId === group)
    await admin.deleteTopics({ topics: [topic] })
    await until(async () => !(await admin.listTopics()).includes(topic))
    await admin.disconnect()
    return result
  },

  async member (topic, group, session) {
    const consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: Number(session),
      rebalanceTimeout: 10000,
      heartbeatInterval: 200,
      maxWaitTimeInMs: 100
    })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => say('assigned', payload.memberAssignment[topic] ?? []))
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message, heartbeat }) => {
        await consumer.commitOffsets([{ topic, partition, offset: `${Number(message.offset) + 1}` }])
        say('processed', text(message.value))
        await heartbeat()
      }
    })
    await whenInputEnds()
    await consumer.disconnect()
    return 'left'
  }
}

console.log(JSON.stringify(await scenarios[scenario](...args)))
process.exit(0)
