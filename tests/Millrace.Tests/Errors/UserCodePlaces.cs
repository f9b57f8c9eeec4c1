using Millrace.Api;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Patterns;
using Millrace.State;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Tests.Errors;

/// <summary>One job per place where user code runs. Each reads "a 0", "bad 1", "b 2", ... and its function throws for "bad".</summary>
internal static class UserCodePlaces
{
    /// <summary>Places with a record, and what a job that leaves it out emits.</summary>
    public static IReadOnlyDictionary<string, Action<DataStreamSource<Word>, ISink<string>>> OfRecords { get; } =
        new Dictionary<string, Action<DataStreamSource<Word>, ISink<string>>>(StringComparer.Ordinal)
        {
            ["map"] = (words, sink) => words.Map(word => Check(word).Text).WithUid("subject").SinkTo(sink),
            ["map behind a filter"] = (words, sink) =>
                words.Filter(word => word.Text != "a").Map(word => Check(word).Text).WithUid("subject").SinkTo(sink),
            ["filter"] = (words, sink) =>
                words.Filter(word => Check(word).Text.Length > 0).WithUid("subject").Map(word => word.Text).SinkTo(sink),
            ["flat map"] = (words, sink) =>
                words
                    .FlatMap<string>(
                        (word, output) =>
                        {
                            output.Collect(word.Text);
                            Check(word);
                        }
                    )
                    .WithUid("subject")
                    .SinkTo(sink),
            ["process"] = (words, sink) => words.Process(new Pass()).WithUid("subject").SinkTo(sink),
            ["key selector"] = (words, sink) =>
                words.KeyBy(word => Check(word).Text).Reduce((_, word) => word).WithUid("subject").Map(word => word.Text).SinkTo(sink),
            ["partitioner"] = (words, sink) =>
                words
                    .PartitionCustom((_, tasks) => tasks - 1, word => Check(word).Text)
                    .Map(word => word.Text)
                    .WithUid("subject")
                    .SinkTo(sink),
            ["keyed process"] = (words, sink) => words.KeyBy(word => word.Text).Process(new KeyedPass()).WithUid("subject").SinkTo(sink),
            ["reduce"] = (words, sink) =>
                words.KeyBy(_ => 0).Reduce((_, word) => Check(word)).WithUid("subject").Map(word => word.Text).SinkTo(sink),
            ["connected"] = (words, sink) =>
                words.Connect(words.Filter(_ => false)).Process(new Connected()).WithUid("subject").SinkTo(sink),
            ["async"] = (words, sink) =>
                AsyncDataStream.OrderedWait(words, new Ask(), TimeSpan.FromSeconds(30)).WithUid("subject").SinkTo(sink),
            ["timestamps behind"] = (words, sink) =>
                words
                    .AssignTimestampsAndWatermarks(
                        WatermarkStrategy<Word>.ForMonotonousTimestamps().WithTimestampAssigner(word => Check(word).Time)
                    )
                    .WithUid("subject")
                    .Map(word => word.Text)
                    .SinkTo(sink),
            ["tumbling"] = (words, sink) =>
                words
                    .KeyBy(word => word.Text)
                    .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
                    .Aggregate(new Last())
                    .WithUid("subject")
                    .SinkTo(sink),
            ["sliding"] = (words, sink) =>
                words
                    .KeyBy(word => word.Text)
                    .Window(SlidingEventTimeWindows.Of(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1)))
                    .Aggregate(new Last { IsCommutative = true })
                    .WithUid("subject")
                    .KeyBy(text => text)
                    .Process(new Distinct())
                    .SinkTo(sink),
            ["session"] = (words, sink) =>
                words
                    .KeyBy(word => word.Text)
                    .Window(EventTimeSessionWindows.WithGap(TimeSpan.FromSeconds(1)))
                    .Aggregate(new Last())
                    .WithUid("subject")
                    .SinkTo(sink),
            ["pattern"] = (words, sink) =>
                CEP.Pattern(words.KeyBy(word => word.Text), Pattern.Begin<Word>("only").Where(word => Check(word).Text.Length > 0))
                    .Select(match => match["only"][0].Text)
                    .WithUid("subject")
                    .SinkTo(sink),
            ["interval join"] = (words, sink) =>
                words
                    .KeyBy(word => word.Text)
                    .IntervalJoin(words.KeyBy(word => word.Text))
                    .Between(TimeSpan.Zero, TimeSpan.Zero)
                    .Process((word, _) => Check(word).Text)
                    .WithUid("subject")
                    .SinkTo(sink),
            ["sink"] = (words, sink) => words.Map(word => word.Text).SinkTo(new PickySink(sink)).WithUid("subject"),
        };

    /// <summary>Places that have no single record.</summary>
    public static IReadOnlyDictionary<string, Action<DataStreamSource<Word>, ISink<string>>> OfResults { get; } =
        new Dictionary<string, Action<DataStreamSource<Word>, ISink<string>>>(StringComparer.Ordinal)
        {
            ["result of a window"] = (words, sink) =>
                words
                    .KeyBy(word => word.Text)
                    .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
                    .Reduce((_, word) => word, (_, _, word) => Check(word).Text)
                    .WithUid("subject")
                    .SinkTo(sink),
            ["window function"] = (words, sink) =>
                words
                    .KeyBy(word => word.Text)
                    .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
                    .Apply<string>(
                        (_, _, all, output) =>
                        {
                            output.Collect(all[0].Text);
                            Check(all[0]);
                        }
                    )
                    .WithUid("subject")
                    .SinkTo(sink),
            ["sliding result"] = (words, sink) =>
                words
                    .KeyBy(word => word.Text)
                    .Window(SlidingEventTimeWindows.Of(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1)))
                    .Aggregate(new First(), (_, _, text) => Check(new Word(text, 0)).Text)
                    .WithUid("subject")
                    .KeyBy(text => text)
                    .Process(new Distinct())
                    .SinkTo(sink),
            ["timer"] = (words, sink) => words.KeyBy(word => word.Text).Process(new OnTime()).WithUid("subject").SinkTo(sink),
            ["match"] = (words, sink) =>
                CEP.Pattern(words.KeyBy(word => word.Text), Pattern.Begin<Word>("only"))
                    .Select(match => Check(match["only"][0]).Text)
                    .WithUid("subject")
                    .SinkTo(sink),
        };

    public static Word Check(Word word) => word.Text == "bad" ? throw new FormatException("a word that nobody likes") : word;

    internal sealed record Word(string Text, long Time);

    private sealed class Pass : ProcessFunction<Word, string>
    {
        public override void ProcessElement(Word value, IProcessContext context, Collector<string> output)
        {
            output.Collect(value.Text);
            Check(value);
        }
    }

    private sealed class KeyedPass : KeyedProcessFunction<string, Word, string>
    {
        public override void ProcessElement(Word value, IKeyedProcessContext<string> context, Collector<string> output)
        {
            output.Collect(value.Text);
            Check(value);
        }
    }

    private sealed class OnTime : KeyedProcessFunction<string, Word, string>
    {
        public override void ProcessElement(Word value, IKeyedProcessContext<string> context, Collector<string> output) =>
            context.TimerService.RegisterEventTimeTimer(value.Time + 1);

        public override void OnTimer(long timestamp, IOnTimerContext<string> context, Collector<string> output)
        {
            output.Collect(context.CurrentKey);
            Check(new Word(context.CurrentKey, timestamp));
        }
    }

    private sealed class Distinct : KeyedProcessFunction<string, string, string>
    {
        private IValueState<bool> _seen = null!;

        protected override void Open() => _seen = RuntimeContext.GetState(new ValueStateDescriptor<bool>("seen"));

        public override void ProcessElement(string value, IKeyedProcessContext<string> context, Collector<string> output)
        {
            if (!_seen.HasValue)
            {
                _seen.Update(true);
                output.Collect(value);
            }
        }
    }

    private sealed class Connected : CoProcessFunction<Word, Word, string>
    {
        public override void ProcessElement1(Word value, IProcessContext context, Collector<string> output) =>
            output.Collect(Check(value).Text);

        public override void ProcessElement2(Word value, IProcessContext context, Collector<string> output) => output.Collect(value.Text);
    }

    private sealed class Ask : IAsyncFunction<Word, string>
    {
        public async Task<IReadOnlyCollection<string>> InvokeAsync(Word value, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return [Check(value).Text];
        }
    }

    private sealed class Last : IAggregateFunction<Word, string, string>
    {
        public bool IsCommutative { get; init; }

        public string CreateAccumulator() => "";

        public string Add(Word value, string accumulator) => Check(value).Text;

        public string GetResult(string accumulator) => accumulator;

        public string Merge(string left, string right) => right.Length > 0 ? right : left;
    }

    private sealed class First : IAggregateFunction<Word, string, string>
    {
        public bool IsCommutative => true;

        public string CreateAccumulator() => "";

        public string Add(Word value, string accumulator) => value.Text;

        public string GetResult(string accumulator) => accumulator;

        public string Merge(string left, string right) => right.Length > 0 ? right : left;
    }

    private sealed class PickySink(ISink<string> inner) : ISink<string>
    {
        public IReadOnlyList<Topic> Topics => [];

        public void Validate(ICollection<string> errors) => inner.Validate(errors);

        public ISinkWriter<string> CreateWriter(ConnectorContext context) => new Writer(inner.CreateWriter(context));

        private sealed class Writer(ISinkWriter<string> inner) : ISinkWriter<string>
        {
            private readonly RecordBatch<string> _single = new(1);

            public void Write(RecordBatch<string> batch)
            {
                for (int i = 0; i < batch.Count; i++)
                {
                    if (batch.Values[i] == "bad")
                    {
                        throw new SinkRecordException(i, new FormatException("a word that nobody likes"));
                    }

                    _single.Clear();
                    _single.Add(batch.Values[i], batch.Timestamps[i]);
                    inner.Write(_single);
                }
            }

            public void Flush(bool endOfInput) => inner.Flush(endOfInput);

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
