namespace Millrace.Architecture.Tests;

/// <summary>Who may use whom. The table of docs/design.md, section 6; change both together.</summary>
internal static class Arrows
{
    /// <summary>Project -> our projects that it may reference, and packages by the beginning of their names.</summary>
    public static IReadOnlyDictionary<string, string[]> Projects { get; } =
        new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["Millrace"] =
            [
                "Millrace.Analyzers",
                "Microsoft.Extensions.Configuration",
                "Microsoft.Extensions.Logging.Abstractions",
                "System.IO.Hashing",
            ],
            ["Millrace.Durable"] = ["Millrace", "Microsoft.Extensions.Logging.Abstractions", "System.IO.Hashing"],
            ["Millrace.Analyzers"] = ["Microsoft.CodeAnalysis.CSharp"],
            ["Millrace.Kafka.Protocol"] = [],
            ["Millrace.Kafka"] = ["Millrace", "Millrace.Kafka.Protocol", "Confluent.Kafka", "librdkafka.redist", "Microsoft.Extensions."],
            ["Millrace.Formats"] = ["Millrace.Kafka", "Apache.Avro", "Google.Protobuf"],
            ["Millrace.AzureBlobs"] = ["Millrace", "Azure.Storage.Blobs", "Azure.Identity"],
            ["Millrace.RocksDb"] = ["Millrace", "RocksDB"],
            ["Millrace.Templates"] = [],
            ["Millrace.Hosting"] = ["Millrace", "Microsoft.Extensions."],
            ["Millrace.Functions"] =
            [
                "Millrace",
                "Millrace.Durable",
                "Millrace.Kafka",
                "Millrace.AzureBlobs",
                "Azure.Data.Tables",
                "Microsoft.Azure.Functions.Worker",
                "Microsoft.DurableTask",
                "NCrontab.Signed",
            ],
            ["Millrace.DevBroker"] =
            [
                "Millrace.Kafka.Protocol",
                "System.IO.Hashing",
                "K4os.Compression.LZ4.Streams",
                "Snappier",
                "ZstdSharp.Port",
            ],
            ["Millrace.Samples"] = ["Millrace", "Millrace.Kafka", "Millrace.Analyzers"],
            ["Millrace.Embedded"] =
            [
                "Millrace",
                "Millrace.Durable",
                "Millrace.Testing",
                "Millrace.Kafka",
                "Millrace.AzureBlobs",
                "Millrace.RocksDb",
                "Millrace.DevBroker",
                "Millrace.Samples",
                "Spectre.Console",
                "System.CommandLine",
                "YamlDotNet",
                "OpenTelemetry",
            ],
            ["Millrace.Testing"] = ["Millrace", "Millrace.Durable"],
            ["Millrace.App"] =
            [
                "Millrace.Functions",
                "Millrace.Samples",
                "Microsoft.Azure.Functions.Worker",
                "Azure.Monitor.OpenTelemetry.Exporter",
                "OpenTelemetry",
            ],
        };

    /// <summary>Namespaces of the core in layers: each may use those of the lines above its own.</summary>
    public static IReadOnlyList<string[]> CoreLayers { get; } =
    [
        ["Batches", "Copying", "Scheduling", "Serialization", "Time"],
        ["State"],
        ["Checkpoints"],
        ["StateBackends"],
        ["Connectors"],
        ["Errors"],
        ["Windows"],
        ["UserFunctions"],
        ["Patterns"],
        ["Operators"],
        ["Operators.Async", "Operators.Connectors", "Operators.Joins", "Operators.Patterns", "Operators.Process", "Operators.Windows"],
        ["Graph"],
        ["Runtime"],
        ["Savepoints"],
        ["Api"],
    ];

    /// <summary>Namespaces of the trigger-driven engine in layers, all above the core's <c>Graph</c>.</summary>
    public static IReadOnlyList<string[]> EngineLayers { get; } =
    [
        ["Protocol"],
        ["Tasks"],
        ["Hosting"],
        ["Apps"],
    ];
}
