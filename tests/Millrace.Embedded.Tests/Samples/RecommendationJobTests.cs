using Millrace.Runtime;
using Millrace.Samples.Recommendation;
using Millrace.Testing;
using Xunit;

namespace Millrace.Embedded.Tests.Samples;

public sealed class RecommendationJobTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void ShouldRecommendWhatOthersMetToo_WhenUserMeetsItem(int parallelism, bool restores)
    {
        IReadOnlyList<UserRecommendation> recommendations = Run(
            parallelism,
            restores,
            "ada tea",
            "ada cup",
            "ada pot",
            "bob tea",
            "bob cup",
            "eve tea"
        );

        Assert.Equal([new ItemScore("cup", 2), new ItemScore("pot", 1)], recommendations.Last(result => result.User == "eve").Items);
        Assert.Equal([new ItemScore("pot", 2)], recommendations.Last(result => result.User == "bob").Items);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldKeepOnlyTheBest_WhenThereAreMoreThanTop(bool restores)
    {
        IReadOnlyList<UserRecommendation> recommendations = Run(
            1,
            restores,
            "u1 a",
            "u1 b",
            "u1 c",
            "u1 d",
            "u2 a",
            "u2 d",
            "u3 d",
            "u3 c",
            "u3 a",
            "u4 a"
        );

        // With a were met: d by three (u1, u2, u3), c by two, b by one; only two are wanted.
        Assert.Equal([new ItemScore("d", 3), new ItemScore("c", 2)], recommendations.Last(result => result.User == "u4").Items);
    }

    private static IReadOnlyList<UserRecommendation> Run(int parallelism, bool restores, params string[] interactions)
    {
        TestSource<Interaction> source = new();
        TestSink<UserRecommendation> sink = new(transactional: true);
        JobSnapshot? snapshot = null;
        JobTestDriver driver = Start();
        for (int i = 0; i < interactions.Length; i++)
        {
            string[] parts = interactions[i].Split(' ');
            source.Add(new Interaction(parts[0], parts[1], i), timestamp: i);
            driver.RunUntilIdle();
            if (restores)
            {
                snapshot = driver.TakeCheckpoint();
                driver.Dispose();
                driver = Start();
            }
        }

        source.End();
        driver.RunToEnd();
        driver.Dispose();
        return sink.Values;

        JobTestDriver Start() =>
            JobTestDriver.Start(
                env =>
                    RecommendationJob
                        .Recommend(env.FromSource(source, source.Watermarks).SetParallelism(1), top: 2, history: 10, neighbours: 10)
                        .SinkTo(sink),
                new JobTestOptions
                {
                    Execution = new ExecutionOptions { Parallelism = parallelism },
                    RestoreFrom = snapshot,
                }
            );
    }
}
