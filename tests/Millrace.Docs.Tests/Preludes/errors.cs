global using Millrace.Api;
global using Millrace.Kafka;
global using static Prelude;

public static class Prelude
{
    public static StreamExecutionEnvironment env => null!;

    public static KafkaSourceBuilder<string> source => null!;

    public static string brokers => "";
}
