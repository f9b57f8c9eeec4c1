using System.Runtime.CompilerServices;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Millrace.Kafka;

namespace Millrace.Tests.Shared;

/// <summary>
/// The broker that <c>MILLRACE_TEST_BOOTSTRAP_SERVERS</c> names, for tests that would start the development broker otherwise. It is one for
/// all of them, and the topics of a test must be new: so one test has it at a time, also among processes, and begins by deleting the topics
/// it is going to use. Not for a broker whose topics anybody needs.
/// </summary>
internal static class OutsideBroker
{
    public const string Variable = "MILLRACE_TEST_BOOTSTRAP_SERVERS";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>host:port[,host:port]; <see langword="null"/> = tests start their own.</summary>
    public static string? Servers { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } servers ? servers : null;

    /// <summary>Why a test that breaks, stops or configures its broker cannot run; <see langword="null"/> = it can.</summary>
    public static string? ReasonAgainstOwn { get; } =
        Servers is null
            ? null
            : $"It stops, breaks or configures its broker, which only our own lets a test do, but {Variable} names {Servers}.";

    /// <summary>Waits until the broker is free and makes topics anew.</summary>
    /// <param name="topics">The topics with their partitions; 0 = only deleted.</param>
    /// <returns>Gives the broker free.</returns>
    public static async Task<IDisposable> EnterAsync(IEnumerable<(string Topic, int Partitions)> topics)
    {
        FileStream held = await TakeTurnAsync();
        try
        {
            await MakeAsync([.. topics]);
            return held;
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }

    private static async Task<FileStream> TakeTurnAsync()
    {
        using CancellationTokenSource deadline = new(Turn);
        using PeriodicTimer timer = new(Interval);
        while (true)
        {
            try
            {
                return new FileStream(
                    Path.Combine(Path.GetTempPath(), "millrace-outside-broker.lock"),
                    FileMode.OpenOrCreate,
                    FileAccess.ReadWrite,
                    FileShare.None,
                    1,
                    FileOptions.None
                );
            }
            catch (IOException)
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
        }
    }

    private static async Task MakeAsync((string Topic, int Partitions)[] topics)
    {
        // Millrace.Kafka finds the native library for Confluent.Kafka too.
        RuntimeHelpers.RunModuleConstructor(typeof(SimpleStringSchema).Module.ModuleHandle);
        using IAdminClient admin = new AdminClientBuilder([new("bootstrap.servers", Servers!)]).Build();
        HashSet<string> there = Names(admin);
        string[] old = [.. topics.Select(topic => topic.Topic).Where(there.Contains)];
        if (old.Length > 0)
        {
            await admin.DeleteTopicsAsync(old, new DeleteTopicsOptions { OperationTimeout = Patience, RequestTimeout = Patience });
        }

        await UntilAsync(() => !Names(admin).Overlaps(old), $"Topics {string.Join(", ", old)} are gone");
        TopicSpecification[] made =
        [
            .. topics
                .Where(topic => topic.Partitions > 0)
                .Select(topic => new TopicSpecification
                {
                    Name = topic.Topic,
                    NumPartitions = topic.Partitions,
                    ReplicationFactor = -1,
                }),
        ];
        if (made.Length == 0)
        {
            return;
        }

        await admin.CreateTopicsAsync(made, new CreateTopicsOptions { OperationTimeout = Patience, RequestTimeout = Patience });
        await UntilAsync(
            () => Names(admin).IsSupersetOf(made.Select(topic => topic.Name)),
            $"Topics {string.Join(", ", made.Select(topic => topic.Name))} are there"
        );
    }

    private static HashSet<string> Names(IAdminClient admin) =>
        [
            .. admin
                .GetMetadata(Patience)
                .Topics.Where(topic => topic.Error.Code == ErrorCode.NoError && topic.Partitions.All(partition => partition.Leader >= 0))
                .Select(topic => topic.Topic),
        ];

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        using CancellationTokenSource deadline = new(Patience);
        using PeriodicTimer timer = new(Interval);
        while (!condition())
        {
            if (deadline.IsCancellationRequested)
            {
                throw new TimeoutException($"{what}: not within {Patience}.");
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
