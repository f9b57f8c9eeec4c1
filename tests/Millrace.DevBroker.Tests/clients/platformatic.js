// @platformatic/kafka against a broker: node platformatic.js <scenario> <bootstrap servers> <arguments...>; prints its findings as JSON.
import { inspect } from 'node:util'
import {
  Admin, Consumer, MessagesStreamFallbackModes, MessagesStreamModes, Producer, stringDeserializers, stringSerializers
} from '@platformatic/kafka'
import { whenInputEnds, say, until } from './scenario.js'

const [scenario, servers, ...args] = process.argv.slice(2)
const base = { clientId: 'platformatic', bootstrapBrokers: servers.split(','), retries: 20, retryDelay: 100 }
const json = (_, value) => typeof value === 'bigint' ? value.toString() : value
// Minus one says that this is a new producer; left out, the client claims to be producer 0 and can only ever be the first of its id.
const newProducer = options => new Producer({
  ...base, serializers: stringSerializers, autocreateTopics: false, producerId: -1n, producerEpoch: -1, ...options
})
const newConsumer = (groupId, options) => new Consumer({
  ...base, groupId, deserializers: stringDeserializers, autocommit: false, maxWaitTime: 100, heartbeatInterval: 200, ...options
})

// Reads from the start until so many records have come.
async function read (topic, count, isolationLevel = 1) {
  const consumer = newConsumer(`platformatic-${process.pid}-${Math.random()}`)
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, isolationLevel })
  const records = []
  stream.on('data', ({ key, value, offset, headers }) => records.push({ key: key ?? null, value: value ?? null, offset, headers: Object.fromEntries(headers) }))
  await until(() => records.length >= count)
  await consumer.close(true)
  return records
}

const scenarios = {
  async roundtrip (topic, compression) {
    const producer = newProducer({ idempotent: true })
    await producer.send({
      compression: compression.toLowerCase(),
      messages: [
        { topic, key: 'key', value: 'value', headers: { a: 'ä', b: '' } },
        { topic, key: 'gone', value: undefined },
        { topic, value: '' }
      ]
    })
    await producer.close()
    return read(topic, 3)
  },

  async transactions (topic, group, id) {
    const consumer = newConsumer(group)
    const stream = await consumer.consume({
      topics: [topic], mode: MessagesStreamModes.EARLIEST, isolationLevel: 0
    })
    const consumed = []
    stream.on('data', message => consumed.push(message))
    const producer = newProducer({ idempotent: true, transactionalId: id })
    const write = async (value, commit) => {
      const transaction = await producer.beginTransaction()
      await transaction.addConsumer(consumer)
      await transaction.send({ messages: [{ topic, value }] })
      await until(() => consumed.some(message => message.value === value))
      await transaction.addOffset(consumed.find(message => message.value === value))
      await (commit ? transaction.commit() : transaction.abort())
    }
    await write('1', true)
    await write('2', false)
    const admin = new Admin(base)
    const offset = async () => (await admin.listConsumerGroupOffsets({ groups: [group] }))[0].topics[0]?.partitions[0].committedOffset
    await until(async () => (await offset()) === consumed[0].offset + 1n || (await offset()) === consumed[0].offset)
    const first = await offset()
    await write('3', true)
    await until(async () => (await offset()) !== first)

    const heir = newProducer({ idempotent: true, transactionalId: id })
    const taken = await heir.beginTransaction()
    let fenced = null
    try {
      const transaction = await producer.beginTransaction()
      await transaction.send({ messages: [{ topic, value: 'zombie' }] })
      await transaction.commit()
    } catch (error) {
      fenced = inspect(error, { depth: 9 }).match(/PRODUCER_FENCED|INVALID_PRODUCER_EPOCH/)?.[0] ?? error.message
    }
    await taken.abort().catch(() => {})
    await consumer.close(true)
    const committed = await read(topic, 2)
    const all = await read(topic, 3, 0)
    await Promise.all([producer.close(), heir.close(), admin.close()])
    return { committed: committed.map(each => each.value), all: all.map(each => each.value), fenced }
  },

  async admin (topic, group) {
    const admin = new Admin(base)
    const created = await admin.createTopics({ topics: [topic], partitions: 2, replicas: 1, configs: [{ name: 'retention.ms', value: '98765' }] })
    await admin.createPartitions({ topics: [{ name: topic, count: 3, assignments: null }] })
    const partitions = async () => (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic).partitions.length
    await until(async () => (await partitions()) === 3)
    const producer = newProducer()
    // Younger than the retention: what is older may be gone at any moment.
    const start = Date.now() - 10000
    await producer.send({ messages: [1, 2, 3, 4].map(i => ({ topic, partition: 0, value: `${i}`, timestamp: BigInt(start + i * 1000) })) })
    await producer.close()
    await admin.alterConsumerGroupOffsets({
      groupId: group, topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset: 2n }] }]
    })
    const offsetAt = async timestamp => (await admin.listOffsets({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }] }))[0].partitions[0].offset
    const result = {
      created: created[0].name === topic,
      topics: (await admin.listTopics()).includes(topic),
      partitions: await partitions(),
      retention: (await admin.describeConfigs({ resources: [{ resourceType: 2, resourceName: topic, configurationKeys: ['retention.ms'] }] }))[0]
        .configs.find(entry => entry.name === 'retention.ms').value,
      byTime: await offsetAt(BigInt(start + 2500)),
      offset: (await admin.listConsumerGroupOffsets({ groups: [group] }))[0].topics[0].partitions[0].committedOffset,
      listed: (await admin.listGroups()).has(group),
      state: (await admin.describeGroups({ groups: [group] })).get(group).state
    }
    await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 3n }] }] })
    result.low = await offsetAt(-2n)
    await admin.deleteGroups({ groups: [group] })
    result.listedAfter = (await admin.listGroups()).has(group)
    await admin.deleteTopics({ topics: [topic] })
    await until(async () => !(await admin.listTopics()).includes(topic))
    await admin.close()
    return result
  },

  async member (topic, group, session) {
    const consumer = newConsumer(group, { sessionTimeout: Number(session), rebalanceTimeout: 10000 })
    consumer.on('consumer:group:join', ({ assignments }) =>
      say('assigned', (assignments ?? []).filter(each => each.topic === topic).flatMap(each => each.partitions)))
    const stream = await consumer.consume({
      topics: [topic], mode: MessagesStreamModes.COMMITTED, fallbackMode: MessagesStreamFallbackModes.EARLIEST
    })
    stream.on('data', async message => {
      await message.commit()
      say('processed', message.value)
    })
    await whenInputEnds()
    await consumer.close(true)
    return 'left'
  }
}

console.log(JSON.stringify(await scenarios[scenario](...args), json))
process.exit(0)
