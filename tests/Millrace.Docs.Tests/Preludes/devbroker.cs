global using Confluent.Kafka;
global using Millrace.DevBroker;
