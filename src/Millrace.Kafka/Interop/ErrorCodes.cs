namespace Millrace.Kafka.Interop;

/// <summary>The codes of <c>rd_kafka_resp_err_t</c> that Millrace acts on.</summary>
internal static class ErrorCodes
{
    internal const int NoError = 0;

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
    internal const int OffsetOutOfRange = 1;
    internal const int UnknownTopicOrPartition = 3;
    internal const int LeaderNotAvailable = 5;
    internal const int NotLeaderOrFollower = 6;
    internal const int ReplicaNotAvailable = 9;
    internal const int MessageTooLarge = 10;
    internal const int CoordinatorLoadInProgress = 14;
    internal const int CoordinatorNotAvailable = 15;
    internal const int NotCoordinator = 16;
    internal const int InvalidTopic = 17;
    internal const int TopicAuthorizationFailed = 29;
    internal const int GroupAuthorizationFailed = 30;
    internal const int UnsupportedSaslMechanism = 33;
    internal const int UnsupportedVersion = 35;
    internal const int ClusterAuthorizationFailed = 31;
    internal const int InvalidProducerEpoch = 47;
    internal const int InvalidTransactionState = 48;
    internal const int InvalidProducerIdMapping = 49;
    internal const int InvalidTransactionTimeout = 50;
    internal const int ConcurrentTransactions = 51;
    internal const int TransactionalIdAuthorizationFailed = 53;
    internal const int KafkaStorageError = 56;
    internal const int SaslAuthenticationFailed = 58;
    internal const int UnknownProducerId = 59;
    internal const int FencedLeaderEpoch = 74;
    internal const int UnknownLeaderEpoch = 75;
    internal const int OffsetNotAvailable = 78;
    internal const int ProducerFenced = 90;
}
