using Millrace.DevBroker.Protocol;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>The request kinds of Kafka 4.3 that are answered without being understood.</summary>
internal static class FixedAnswers
{
    public static string MessageOf(ErrorCode error) =>
        error switch
        {
            ErrorCode.SecurityDisabled => "No Authorizer is configured.",
            ErrorCode.UnsupportedVersion => "This development broker does not speak the request; docs/devbroker.md lists what it does.",
            _ => error.ToString(),
        };

    public static IEnumerable<RequestHandler> All()
    {
        AnswerField throttle = new(AnswerFieldKind.Int32),
            error = new(AnswerFieldKind.Error),
            message = new(AnswerFieldKind.Message),
            list = new(AnswerFieldKind.EmptyArray);
        AnswerField text = new(AnswerFieldKind.Text),
            bytes = new(AnswerFieldKind.Bytes),
            time = new(AnswerFieldKind.Int64),
            number = new(AnswerFieldKind.Int32);
        AnswerField flag = new(AnswerFieldKind.Int8),
            nullStruct = new(AnswerFieldKind.NullStruct),
            nullText = new(AnswerFieldKind.NullText),
            id = new(AnswerFieldKind.Uuid);

        // As Kafka with one node and without security.
        yield return Known(ApiKey.ListPartitionReassignments, 0, 0, 0, ErrorCode.None, throttle, error, message, list);
        yield return Known(ApiKey.DescribeAcls, 1, 3, 2, ErrorCode.SecurityDisabled, throttle, error, message, list);
        yield return Known(ApiKey.DescribeClientQuotas, 0, 1, 1, ErrorCode.None, throttle, error, message, list);
        yield return Known(ApiKey.SaslHandshake, 0, 1, short.MaxValue, ErrorCode.IllegalSaslState, error, list);
        yield return Known(ApiKey.SaslAuthenticate, 0, 2, 2, ErrorCode.IllegalSaslState, error, message, bytes, time with { Since = 1 });

        // Not spoken here.
        yield return Unspoken(
            ApiKey.CreateDelegationToken,
            1,
            3,
            2,
            error,
            text,
            text,
            text with
            {
                Since = 3,
            },
            text with
            {
                Since = 3,
            },
            time,
            time,
            time,
            text,
            bytes,
            throttle
        );
        yield return Unspoken(ApiKey.RenewDelegationToken, 1, 2, 2, error, time, throttle);
        yield return Unspoken(ApiKey.ExpireDelegationToken, 1, 2, 2, error, time, throttle);
        yield return Unspoken(ApiKey.DescribeDelegationToken, 1, 3, 2, error, list, throttle);
        yield return Unspoken(ApiKey.AlterPartitionReassignments, 0, 0, 0, throttle, error, message, list);
        yield return Unspoken(ApiKey.DescribeUserScramCredentials, 0, 0, 0, throttle, error, message, list);
        yield return Unspoken(ApiKey.DescribeQuorum, 0, 2, 0, error, message with { Since = 2 }, list, list with { Since = 2 });
        yield return Unspoken(ApiKey.UpdateFeatures, 0, 2, 0, throttle, error, message);
        yield return Unspoken(ApiKey.UnregisterBroker, 0, 0, 0, throttle, error, message);
        yield return Unspoken(ApiKey.ConsumerGroupHeartbeat, 0, 1, 0, throttle, error, message, nullText, number, number, nullStruct);
        yield return Unspoken(ApiKey.GetTelemetrySubscriptions, 0, 0, 0, throttle, error, id, number, list, number, number, flag, list);
        yield return Unspoken(ApiKey.PushTelemetry, 0, 0, 0, throttle, error);
        yield return Unspoken(ApiKey.ListConfigResources, 0, 1, 0, throttle, error, list);
        yield return Unspoken(ApiKey.ShareGroupHeartbeat, 1, 1, 0, throttle, error, message, nullText, number, number, nullStruct);
    }

    private static FixedAnswerHandler Known(
        ApiKey key,
        short min,
        short max,
        short flexibleSince,
        ErrorCode error,
        params AnswerField[] fields
    ) => new(new ApiDescription(key, min, max, flexibleSince), fields, error);

    private static FixedAnswerHandler Unspoken(ApiKey key, short min, short max, short flexibleSince, params AnswerField[] fields) =>
        new(new ApiDescription(key, min, max, flexibleSince) { IsAnnounced = false }, fields, ErrorCode.UnsupportedVersion);
}
