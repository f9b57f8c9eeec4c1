using System.Runtime.InteropServices;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Recommendation;

/// <summary>
/// Keeps, per user, the latest neighbours of the items met last; their scores added up, without those items themselves, are the
/// recommendation.
/// </summary>
/// <param name="history">How many items a user is remembered with.</param>
/// <param name="top">How many items a recommendation has at most.</param>
internal sealed class RankingFunction(int history, int top) : KeyedProcessFunction<string, Neighbours, UserRecommendation>
{
    private IValueState<List<Neighbours>> _recent = null!;

    public override void ProcessElement(Neighbours value, IKeyedProcessContext<string> context, Collector<UserRecommendation> output)
    {
        List<Neighbours> recent = _recent.Value ?? [];
        recent.RemoveAll(earlier => string.Equals(earlier.Item, value.Item, StringComparison.Ordinal));
        recent.Add(value);
        if (recent.Count > history)
        {
            recent.RemoveAt(0);
        }

        _recent.Update(recent);

        Dictionary<string, long> scores = new(StringComparer.Ordinal);
        foreach (Neighbours neighbours in recent)
        {
            foreach (ItemScore score in neighbours.Scores)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(scores, score.Item, out _) += score.Score;
            }
        }

        foreach (Neighbours neighbours in recent)
        {
            scores.Remove(neighbours.Item);
        }

        Ranking best = new(top);
        foreach ((string item, long score) in scores)
        {
            best.Add(new ItemScore(item, score));
        }

        if (best.Items.Count > 0)
        {
            output.Collect(new UserRecommendation(value.User, best.Items, value.Timestamp));
        }
    }

    protected override void Open() => _recent = RuntimeContext.GetState(new ValueStateDescriptor<List<Neighbours>>("recent"));
}
