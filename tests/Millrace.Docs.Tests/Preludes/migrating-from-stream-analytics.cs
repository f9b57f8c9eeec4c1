global using Millrace.Api;
global using Millrace.Connectors;
global using Millrace.Kafka;
global using Millrace.Patterns;
global using Millrace.State;
global using Millrace.Time;
global using Millrace.UserFunctions;
global using Millrace.Windows;
global using static Prelude;

public static class Prelude
{
    public static StreamExecutionEnvironment env => null!;

    public static string connectionString => "";

    public static ISink<Reading> archive => null!;

    public static ISink<Fahrenheit> hotSink => null!;

    public static ISink<Fahrenheit> coldSink => null!;

    public static ISink<Summary> summarySink => null!;

    public static ISink<Passage> passageSink => null!;

    public static DataStream<Reading> readings => null!;

    public static DataStream<Device> devices => null!;

    public static DataStream<Login> logins => null!;

    public static DataStream<Batch> batches => null!;

    public static DataStream<Gate> entries => null!;

    public static DataStream<Gate> exits => null!;

    public static Directory directory => null!;

    public sealed record Reading(string Device, double Temperature, DateTimeOffset Time);

    public sealed record Device(string Id, string Name, string Site);

    public sealed record Login(string User, bool Ok, DateTimeOffset Time);

    public sealed record Fahrenheit(string Device, double Degrees);

    public sealed record Batch(string Device, IReadOnlyList<double> Temperatures);

    public sealed record Sample(string Device, double Temperature);

    public sealed record Summary(string Device, DateTimeOffset Until, int Readings, double Mean);

    public sealed record Mean(string Device, DateTimeOffset Until, double Temperature);

    public sealed record Total(DateTimeOffset Until, long Readings);

    public sealed record Burst(string User, int Failures, DateTimeOffset Time);

    public sealed record Change(string Device, DateTimeOffset Time, double? Degrees);

    public sealed record Gate(string Plate, DateTimeOffset Time);

    public sealed record Passage(string Plate, TimeSpan Time);

    public sealed record Passing(string Plate, bool IsEntry);

    public sealed record Named(string Device, string? Name, double Temperature);

    public abstract class Directory
    {
        public abstract Task<string> NameOfAsync(string device, CancellationToken cancellationToken);
    }
}
