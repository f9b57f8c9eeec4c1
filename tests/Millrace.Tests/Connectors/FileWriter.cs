using System.Globalization;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;

namespace Millrace.Tests.Connectors;

/// <summary>
/// The process that <see cref="FileSinkKillTests"/> kills: a bounded job with checkpoints in a directory that writes numbers to files.
/// </summary>
internal static class FileWriter
{
    public const string Command = "file-writer";
    public const int Records = 30_000;

    public static async Task<int> RunAsync(string directory)
    {
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                CheckpointInterval = TimeSpan.FromMilliseconds(20),
                Parallelism = 2,
                BatchSize = 64,
            }
        )
        {
            CheckpointStore = new DirectoryObjectStore(Path.Combine(directory, "checkpoints")),
        };
        env.FromSource(new GeneratorSource<long>(Records, static n => n, splits: 2) { RecordsPerSecond = 10_000 })
            .WithUid("numbers")
            .SinkTo(
                FileSink
                    .ForRowFormat(FilesOf(directory), new SimpleStringEncoder<long>(static n => n.ToString(CultureInfo.InvariantCulture)))
                    .WithBucketAssigner(new Thousands())
                    .WithRollingPolicy(new FileRollingPolicy { MaxPartSize = 1_500 })
            )
            .WithUid("files");
        await env.ExecuteAsync("file-writer");
        return 0;
    }

    public static string FilesOf(string directory) => Path.Combine(directory, "files");

    private sealed class Thousands : IBucketAssigner<long>
    {
        public string BucketOf(long value, long timestamp) => (value / 1_000).ToString(CultureInfo.InvariantCulture);
    }
}
