using Millrace.Kafka.Protocol;

namespace Millrace.Kafka.Interop;

/// <summary>The codes of <c>rd_kafka_resp_err_t</c> that Millrace acts on.</summary>
internal static class ErrorCodes
{
    internal const int NoError = (int)ErrorCode.None;

    // librdkafka's own.
    internal const int Transport = -195;
    internal const int Resolve = -193;
    internal const int MessageTimedOut = -192;
    internal const int PartitionEof = -191;
    internal const int UnknownPartition = -190;
    internal const int UnknownTopic = -188;
    internal const int AllBrokersDown = -187;
    internal const int InvalidArgument = -186;
    internal const int TimedOut = -185;
    internal const int QueueFull = -184;
    internal const int Ssl = -181;
    internal const int WaitCoordinator = -180;
    internal const int AssignPartitions = -175;
    internal const int RevokePartitions = -174;
    internal const int State = -172;
    internal const int Authentication = -169;
    internal const int NoOffset = -168;
    internal const int PurgeQueue = -152;
    internal const int PurgeInFlight = -151;
    internal const int Fatal = -150;
    internal const int MaxPollExceeded = -147;
    internal const int Fenced = -144;
    internal const int AutoOffsetReset = -140;
    internal const int LogTruncation = -139;

    // The protocol's.
    internal const int OffsetOutOfRange = (int)ErrorCode.OffsetOutOfRange;
    internal const int UnknownTopicOrPartition = (int)ErrorCode.UnknownTopicOrPartition;
    internal const int LeaderNotAvailable = (int)ErrorCode.LeaderNotAvailable;
    internal const int NotLeaderOrFollower = (int)ErrorCode.NotLeaderOrFollower;
    internal const int ReplicaNotAvailable = (int)ErrorCode.ReplicaNotAvailable;
    internal const int MessageTooLarge = (int)ErrorCode.MessageTooLarge;
    internal const int CoordinatorLoadInProgress = (int)ErrorCode.CoordinatorLoadInProgress;
    internal const int CoordinatorNotAvailable = (int)ErrorCode.CoordinatorNotAvailable;
    internal const int NotCoordinator = (int)ErrorCode.NotCoordinator;
    internal const int InvalidTopic = (int)ErrorCode.InvalidTopic;
    internal const int TopicAuthorizationFailed = (int)ErrorCode.TopicAuthorizationFailed;
    internal const int GroupAuthorizationFailed = (int)ErrorCode.GroupAuthorizationFailed;
    internal const int UnsupportedSaslMechanism = (int)ErrorCode.UnsupportedSaslMechanism;
    internal const int UnsupportedVersion = (int)ErrorCode.UnsupportedVersion;
    internal const int ClusterAuthorizationFailed = (int)ErrorCode.ClusterAuthorizationFailed;
    internal const int InvalidProducerEpoch = (int)ErrorCode.InvalidProducerEpoch;
    internal const int InvalidTransactionState = (int)ErrorCode.InvalidTxnState;
    internal const int InvalidProducerIdMapping = (int)ErrorCode.InvalidProducerIdMapping;
    internal const int InvalidTransactionTimeout = (int)ErrorCode.InvalidTransactionTimeout;
    internal const int ConcurrentTransactions = (int)ErrorCode.ConcurrentTransactions;
    internal const int TransactionalIdAuthorizationFailed = (int)ErrorCode.TransactionalIdAuthorizationFailed;
    internal const int KafkaStorageError = (int)ErrorCode.KafkaStorageError;
    internal const int SaslAuthenticationFailed = (int)ErrorCode.SaslAuthenticationFailed;
    internal const int UnknownProducerId = (int)ErrorCode.UnknownProducerId;
    internal const int FencedLeaderEpoch = (int)ErrorCode.FencedLeaderEpoch;
    internal const int UnknownLeaderEpoch = (int)ErrorCode.UnknownLeaderEpoch;
    internal const int OffsetNotAvailable = (int)ErrorCode.OffsetNotAvailable;
    internal const int ProducerFenced = (int)ErrorCode.ProducerFenced;
}
