"""Shapes of cloudtrail 2013-11-01. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

EventCategory = Literal["insight"]
LookupAttributeKey = Literal[
    "EventId",
    "EventName",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventSource",
    "AccessKeyId",
]


class Event(TypedDict):
    EventId: NotRequired[str]
    EventName: NotRequired[str]
    ReadOnly: NotRequired[str]
    AccessKeyId: NotRequired[str]
    EventTime: NotRequired[datetime]
    EventSource: NotRequired[str]
    Username: NotRequired[str]
    Resources: NotRequired[list[Resource]]
    CloudTrailEvent: NotRequired[str]


class LookupAttribute(TypedDict):
    AttributeKey: LookupAttributeKey
    AttributeValue: str


class LookupEventsRequest(TypedDict):
    LookupAttributes: NotRequired[list[LookupAttribute]]
    StartTime: NotRequired[datetime]
    EndTime: NotRequired[datetime]
    EventCategory: NotRequired[EventCategory]
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]


class LookupEventsResponse(TypedDict):
    Events: NotRequired[list[Event]]
    NextToken: NotRequired[str]


class Resource(TypedDict):
    ResourceType: NotRequired[str]
    ResourceName: NotRequired[str]
