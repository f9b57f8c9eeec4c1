using Millrace.Checkpoints;
using Millrace.Operators.Patterns;
using Millrace.Patterns;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Tests.State;
using Xunit;

namespace Millrace.Tests.Patterns;

/// <summary>Patterns find the same wherever what they keep is, and however often they go on from a checkpoint.</summary>
public sealed class PatternStorageTests
{
    private const int Blocks = 4;
    private const int SeedsPerBlock = 24;
    private const int Keys = 60;
    private const int HotKeys = 6;
    private const int Steps = 160;
    private const long End = 1_000_000;

    public static TheoryData<int, bool> AllBlocks
    {
        get
        {
            TheoryData<int, bool> blocks = [];
            for (int block = 0; block < Blocks; block++)
            {
                blocks.Add(block, false);
                blocks.Add(block, true);
            }

            return blocks;
        }
    }

    /// <summary>
    /// Random patterns, events and checkpoints, which are written while events come and build on each other; restarts with another number
    /// of tasks, in memory and on disk in turn, with room for one key or some.
    /// </summary>
    [Theory]
    [MemberData(nameof(AllBlocks))]
    public void ShouldFindTheSame_WhereverStateIsAndHoweverItIsCut(int block, bool isProcessingTime)
    {
        (int valid, int restarts, int withChanges) = (0, 0, 0);
        for (int seed = block; seed < SeedsPerBlock * Blocks; seed += Blocks)
        {
            if (PatternScenario.Of(seed) is { } scenario)
            {
                Run run = new(scenario, seed, isProcessingTime);
                Assert.Equal(run.WithoutCut(), run.WithCuts());
                valid++;
                restarts += run.Restarts;
                withChanges += run.RestartsWithChanges;
            }
        }

        Assert.True(valid > SeedsPerBlock / 4 && restarts > valid && withChanges > valid / 2, $"{valid} {restarts} {withChanges}");
    }

    /// <summary>The first task fills its store, the second reads a checkpoint into its own.</summary>
    [Fact]
    public void ShouldBeInTheStore_WhenThereIsOne()
    {
        const int Many = 2_000;
        Pattern<Item> pattern = Pattern
            .Begin<Item>("a")
            .FollowedBy("b")
            .Where(static item => item.Kind == 'b')
            .Within(TimeSpan.FromHours(1));
        using SmallStores stores = new();
        Func<IStateStore> first = stores.OpenOnce();
        Func<IStateStore> second = stores.OpenOnce();
        List<string> found = [];
        using PatternTasks tasks = new(list => PatternTasks.Create(pattern, list), 1, first, found);
        for (int key = 0; key < Many; key++)
        {
            tasks.Push(new Item($"{key}", 'a', key), 1 + (key % 100));
        }

        tasks.Watermark(50);
        using PatternTasks next = new(list => PatternTasks.Create(pattern, list), 1, second, found, tasks.Checkpoint(), watermark: 50);

        // What was used last has no room to be an object for long.
        Assert.InRange(CountOf(first()), Many - 300, Many);
        Assert.Equal(Many, CountOf(second()));
        next.Watermark(10_000_000);
        Assert.Equal(
            Enumerable.Range(0, Many).Select(key => $"{key}: a=[a{key}]@{3_600_001 + (key % 100)}").Order(StringComparer.Ordinal),
            found.Order(StringComparer.Ordinal)
        );
        Assert.Equal(0, CountOf(second()));
    }

    private static int CountOf(IStateStore store)
    {
        using IStateView view = store.View();
        using IStateCursor cursor = view.Between([0], [255]);
        int count = 0;
        while (cursor.MoveNext())
        {
            count++;
        }

        return count;
    }

    private sealed class Run
    {
        private readonly Random _random;
        private readonly PatternScenario _scenario;
        private readonly bool _isProcessingTime;
        private readonly IComparer<Item>? _comparer;
        private readonly List<Step> _steps = [];

        public Run(PatternScenario scenario, int seed, bool isProcessingTime)
        {
            _random = new Random(seed);
            _scenario = scenario;
            _isProcessingTime = isProcessingTime;
            _comparer = _random.Next(2) == 0 ? null : Comparer<Item>.Create(static (left, right) => left.Number.CompareTo(right.Number));
            long time = 100;
            for (int i = 0; i < Steps; i++)
            {
                time += _random.Next(4);
                if (_random.Next(5) == 0)
                {
                    _steps.Add(new Step(null, time - (isProcessingTime ? 0 : 10)));
                    continue;
                }

                int key = _random.Next(2) == 0 ? _random.Next(HotKeys) : _random.Next(Keys);
                Item item = new($"key {key}", "abcx"[_random.Next(4)], (_random.Next(10) * 1000) + i);
                _steps.Add(new Step(item, isProcessingTime ? time : time + _random.Next(-15, 16)));
            }

            _steps.Add(new Step(null, End));
        }

        public int Restarts { get; private set; }

        public int RestartsWithChanges { get; private set; }

        public string[] WithoutCut()
        {
            List<string> found = [];
            using PatternTasks tasks = new(Create, 1, open: null, found);
            _steps.ForEach(step => Take(tasks, step));
            return PatternTasks.ByKey(found);
        }

        public string[] WithCuts()
        {
            using SmallStores stores = new(_random.Next(2) == 0 ? 512 : 16 * 1024);
            List<string> found = [];
            Cut? last = null;
            Cut? writing = null;
            PatternTasks tasks = Start(stores, found, last: null);
            for (int i = 0; i < _steps.Count; i++)
            {
                if (writing is null && _random.Next(6) == 0)
                {
                    tasks.Begin(isSelfContained: _random.Next(8) == 0);
                    writing = new Cut(i, found.Count, []);
                }

                Take(tasks, _steps[i]);
                if (writing is not null && (tasks.Advance(_random.Next(1, 120)) || _random.Next(12) == 0))
                {
                    bool isConfirmed = _random.Next(5) > 0;
                    List<List<byte[]>> written = tasks.Complete(isConfirmed);
                    last = isConfirmed ? writing with { Written = written } : last;
                    writing = null;
                }

                if (last is not null && Restarts < 4 && _random.Next(25) == 0)
                {
                    tasks.Dispose();
                    writing = null;
                    found.RemoveRange(last.Found, found.Count - last.Found);
                    i = last.Step - 1;
                    tasks = Start(stores, found, last);
                    Restarts++;
                    KeyGroupRange all = new(0, PatternTasks.MaxParallelism);
                    IReadOnlyList<KeyGroupSection>? sections = PatternTasks
                        .ReaderOf(last.Written, all)
                        ?.KeyGroupSections(PatternStateFormat<string, Item>.KeysSection);
                    RestartsWithChanges += sections?.Any(static section => section.IsChange) == true ? 1 : 0;
                    last = null;
                }
            }

            tasks.Dispose();
            return PatternTasks.ByKey(found);
        }

        private PatternTasks Start(SmallStores stores, List<string> found, Cut? last)
        {
            Func<IStateStore>? open = _random.Next(3) == 0 ? null : stores.Open;
            long time =
                _steps.Take(last?.Step ?? 0).Where(step => _isProcessingTime || step.Item is null).Max(step => (long?)step.Time) ?? 0;
            return new PatternTasks(Create, _random.Next(1, 4), open, found, last?.Written, time, time);
        }

        private PatternOperator<string, Item, string> Create(List<string> found) =>
            PatternTasks.Create(_scenario.Pattern, found, _isProcessingTime, _comparer);

        private void Take(PatternTasks tasks, Step step)
        {
            if (_isProcessingTime)
            {
                tasks.AdvanceTime(step.Time);
            }

            if (step.Item is not null)
            {
                tasks.Push(step.Item, step.Time);
            }
            else if (!_isProcessingTime)
            {
                tasks.Watermark(step.Time);
            }
        }

        /// <summary>An event, or that time goes on.</summary>
        private sealed record Step(Item? Item, long Time);

        /// <summary>A checkpoint: the step before which it was begun, and how much had been found.</summary>
        private sealed record Cut(int Step, int Found, List<List<byte[]>> Written);
    }
}
