namespace Millrace.Kafka;

/// <summary>A deserializer of whole records as a delegate.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <param name="message">The record with key, headers and metadata; valid only during the call.</param>
public delegate T KafkaDeserializer<out T>(in KafkaMessage message);
