using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Operators;
using Millrace.Operators.Process;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Time;
using Millrace.UserFunctions;

namespace Millrace.Api;

/// <summary>
/// A stream of records in a job under declaration (Flink's <c>DataStream</c>). Immutable; every transformation adds a node to the job and
/// returns a new stream.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public partial class DataStream<T>
{
    internal DataStream(StreamExecutionEnvironment environment, IReadOnlyList<StreamTap<T>> taps)
    {
        Environment = environment;
        Taps = taps;
    }

    /// <summary>The environment that the stream is declared in.</summary>
    public StreamExecutionEnvironment Environment { get; }

    internal IReadOnlyList<StreamTap<T>> Taps { get; }

    /// <summary>One record out for each record in.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="mapper">From a record to its result. Must be deterministic.</param>
    public SingleOutputStreamOperator<TOut> Map<TOut>(Func<T, TOut> mapper)
    {
        ArgumentNullException.ThrowIfNull(mapper);
        return Transform("Map", () => new MapOperator<T, TOut>(mapper));
    }

    /// <summary>Keeps the records that fulfil a condition.</summary>
    /// <param name="predicate">Whether to keep a record.</param>
    public SingleOutputStreamOperator<T> Filter(Func<T, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return Transform("Filter", () => new FilterOperator<T>(predicate));
    }

    /// <summary>Any number of records out for each record in.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="flatMapper">Emits the results of a record.</param>
    public SingleOutputStreamOperator<TOut> FlatMap<TOut>(Action<T, Collector<TOut>> flatMapper)
    {
        ArgumentNullException.ThrowIfNull(flatMapper);
        return Transform("FlatMap", () => new FlatMapOperator<T, TOut>(flatMapper));
    }

    /// <summary>Assigns event timestamps and watermarks here rather than at the source. Prefer the source: it knows its splits.</summary>
    /// <param name="strategy">How.</param>
    public SingleOutputStreamOperator<T> AssignTimestampsAndWatermarks(WatermarkStrategy<T> strategy)
    {
        ArgumentNullException.ThrowIfNull(strategy);
        TimeSpan interval = Environment.Options.AutoWatermarkInterval;
        return AddNode(
                new StreamNode<T>(
                    Environment.NextId(),
                    NodeKind.Operator,
                    "Timestamps/Watermarks",
                    () => new TimestampsAndWatermarksOperator<T>(strategy, interval)
                )
                {
                    AssignsWatermarks = true,
                    IdleTimeout = strategy.IdleTimeout,
                    IdleClock = strategy.IdleClock,
                    AheadOutput = strategy.Guard?.SideOutput,
                }
            )
            .Writing<T>(strategy.Guard?.SideOutput);
    }

    /// <summary>Partitions the stream by a key: records with equal keys go to the same task, in order, and can share state.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <param name="selector">From a record to its key. Must be deterministic and never null.</param>
    public KeyedStream<TKey, T> KeyBy<TKey>(Func<T, TKey> selector)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(selector);
        return new KeyedStream<TKey, T>(
            Environment,
            Taps,
            new KeySpec<TKey, T>(selector, KeyHashers.For<TKey>(), TypeSerializers.For<TKey>())
        );
    }

    /// <summary>Joins streams of one type into one, without order between them.</summary>
    /// <param name="others">The other streams.</param>
    public DataStream<T> Union(params DataStream<T>[] others)
    {
        ArgumentNullException.ThrowIfNull(others);
        return new DataStream<T>(Environment, [.. Taps, .. others.SelectMany(other => other.Taps)]);
    }

    /// <summary>
    /// Spreads the records evenly over all tasks of the next operator: whole batches in turn, on the function app each record by its
    /// offset, so that work that is done again goes the same way.
    /// </summary>
    public DataStream<T> Rebalance() => Repartition(new RebalancePartitioning<T>(rescale: false));

    /// <summary>
    /// Spreads the records of a task evenly over its own share of the next operator's tasks, as <see cref="Rebalance"/> does.
    /// </summary>
    public DataStream<T> Rescale() => Repartition(new RebalancePartitioning<T>(rescale: true));

    /// <summary>Sends every record to every task of the next operator.</summary>
    public DataStream<T> Broadcast() => Repartition(new BroadcastPartitioning<T>());

    /// <summary>Sends every record to the first task of the next operator.</summary>
    public DataStream<T> Global() => Repartition(new GlobalPartitioning<T>());

    /// <summary>Sends the records of task i to task i; both operators need the same parallelism.</summary>
    public DataStream<T> Forward() => Repartition(ForwardPartitioning<T>.Instance);

    /// <summary>Lets the user pick the task of each record.</summary>
    /// <typeparam name="TKey">What the choice is made by.</typeparam>
    /// <param name="partitioner">From a key and the number of tasks to a task index in [0, number of tasks).</param>
    /// <param name="selector">From a record to its key.</param>
    public DataStream<T> PartitionCustom<TKey>(Func<TKey, int, int> partitioner, Func<T, TKey> selector)
    {
        ArgumentNullException.ThrowIfNull(partitioner);
        ArgumentNullException.ThrowIfNull(selector);
        return Repartition(new CustomPartitioning<TKey, T>(partitioner, selector));
    }

    /// <summary>Ends the stream in a sink.</summary>
    /// <param name="sink">The sink.</param>
    public DataStreamSink<T> SinkTo(ISink<T> sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        SinkNode<T> node = new(Environment.NextId(), "Sink: " + SinkName(sink), sink);
        Connect(node, port: 0);
        Environment.Add(node);
        return new DataStreamSink<T>(node);
    }

    /// <summary>Ends the stream in a sink; the name that Flink's older API has for <see cref="SinkTo"/>.</summary>
    /// <param name="sink">The sink.</param>
    public DataStreamSink<T> AddSink(ISink<T> sink) => SinkTo(sink);

    internal SingleOutputStreamOperator<TOut> Transform<TOut>(
        string name,
        Func<OneInputOperator<T, TOut>> factory,
        bool isStateful = false,
        bool needsThread = false,
        PreAggregation<T>? preAggregation = null
    ) =>
        AddNode(
            new StreamNode<TOut>(Environment.NextId(), NodeKind.Operator, name, factory)
            {
                IsStateful = isStateful,
                NeedsThread = needsThread,
                PreAggregation = preAggregation,
            }
        );

    internal SingleOutputStreamOperator<TOut> AddNode<TOut>(StreamNode<TOut> node)
    {
        Connect(node, port: 0);
        Environment.Add(node);
        return new SingleOutputStreamOperator<TOut>(Environment, node);
    }

    /// <summary>Connects this stream to an input of a node.</summary>
    internal void Connect(StreamNode node, int port)
    {
        foreach (StreamTap<T> tap in Taps)
        {
            StreamEdge<T> edge = new(tap.Node, tap.SideTag, node, port, tap.Partitioning) { IsExplicitForward = tap.IsExplicit };
            tap.Node.Outputs.Add(edge);
            node.Inputs.Add(edge);
        }
    }

    internal DataStream<T> Repartition(Partitioning<T> partitioning) =>
        new(Environment, [.. Taps.Select(tap => tap with { Partitioning = partitioning, IsExplicit = true })]);

    private static string SinkName(ISink<T> sink) => sink.Topics is [Topic only] ? only.ToString() : sink.GetType().Name.Split('`')[0];
}
