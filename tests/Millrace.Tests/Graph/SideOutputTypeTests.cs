using Millrace.Api;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Graph;

public sealed class SideOutputTypeTests
{
    [Fact]
    public void ShouldRefuseTheJob_WhenASideOutputIsReadWithTwoTypes()
    {
        StreamExecutionEnvironment env = new();
        SingleOutputStreamOperator<int> numbers = env.FromElements(1).Map(x => x).WithName("Numbers");
        numbers.GetSideOutput(new OutputTag<int>("rest")).SinkTo(new DiscardingSink<int>());
        numbers.GetSideOutput(new OutputTag<string>("rest")).SinkTo(new DiscardingSink<string>());
        numbers.WithUid("twice").Map(x => x).WithUid("twice").SinkTo(new DiscardingSink<int>());

        JobValidationException refused = Assert.Throws<JobValidationException>(() => env.Describe("types"));

        Assert.Equal(2, refused.Errors.Count);
        Assert.Contains(
            refused.Errors,
            error =>
                error.StartsWith(
                    "Side output 'rest' of operator 'Numbers' has more than one type: it is read as Int32, it is read as String;",
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void ShouldRefuseTheJob_WhenLateRecordsAreReadWithAnotherType()
    {
        StreamExecutionEnvironment env = new();
        SingleOutputStreamOperator<int> sums = env.FromElements(1)
            .KeyBy(x => x)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
            .SideOutputLateData(new OutputTag<int>("late"))
            .Reduce((a, b) => a + b);
        sums.GetSideOutput(new OutputTag<long>("late")).SinkTo(new DiscardingSink<long>());

        JobValidationException refused = Assert.Throws<JobValidationException>(() => env.Describe("types"));

        Assert.Contains("it is written as Int32, it is read as Int64", Assert.Single(refused.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldAcceptTheJob_WhenOneTagIsReadTwice()
    {
        StreamExecutionEnvironment env = new();
        SingleOutputStreamOperator<int> sums = env.FromElements(1)
            .KeyBy(x => x)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
            .SideOutputLateData(new OutputTag<int>("late"))
            .Reduce((a, b) => a + b);
        sums.GetSideOutput(new OutputTag<int>("late")).SinkTo(new DiscardingSink<int>());
        sums.GetSideOutput(new OutputTag<int>("late")).SinkTo(new DiscardingSink<int>());

        Assert.Contains("Window", env.Describe("types"), StringComparison.Ordinal);
    }
}
